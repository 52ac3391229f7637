// What the server says, and what went wrong, in one shape: {code, message, retry, errors, status}.

/** An answer that is none of success; carries the failure to show. */
export class ApiError extends Error {
  constructor(failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const UNREACHABLE = {
  code: "network",
  message: "The server could not be reached. Check the connection, then try again.",
  retry: true,
  errors: [],
  status: 0,
};

/** Return the JSON at an address; raises ApiError. */
export async function getJson(address) {
  let response;
  try {
    response = await fetch(address, { headers: { Accept: "application/json" } });
  } catch {
    throw new ApiError(UNREACHABLE);
  }
  const body = parse(await response.text().catch(() => ""));
  if (!response.ok) throw new ApiError(failureOf(response.status, body));
  if (body === null) throw new ApiError(failureOf(502, null));
  return body;
}

/** Return an object, or null where the text is none. */
export function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Return the failure that a status and a problem document (or whatever came) tell of. */
export function failureOf(status, problem) {
  const busy = status === 429 || status >= 500;
  return {
    code: problem?.code ?? `http_${status}`,
    message: problem?.detail ?? problem?.title ?? `The server answered ${status} and gave no reason.`,
    retry: problem?.retry ?? busy,
    errors: Array.isArray(problem?.errors) ? problem.errors : [],
    status,
  };
}

/** The same shape for an image that was accepted and failed later. */
export function failureOfImage(failure) {
  return {
    code: failure?.code ?? "failed",
    message: failure?.message ?? "The image failed and no reason was given.",
    retry: failure?.retry === true,
    errors: [],
    status: 0,
  };
}

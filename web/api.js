// What the server says, and what went wrong, in one shape: {code, message, retry, errors, errorCount, status}.

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
  errorCount: 0,
  status: 0,
};

/** Return the JSON at an address; raises ApiError. */
export async function getJson(address) {
  const body = await ask(address, { headers: { Accept: "application/json" } });
  if (body === null) throw new ApiError(failureOf(502, null));
  return body;
}

/** Send JSON, or nothing, and return what is answered, null where that is nothing; raises ApiError. */
export function sendJson(method, address, content) {
  const headers = { Accept: "application/json", ...(content === undefined ? {} : { "Content-Type": "application/json" }) };
  return ask(address, { method, headers, body: content === undefined ? undefined : JSON.stringify(content) });
}

async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(UNREACHABLE);
  }
  const body = parse(await response.text().catch(() => ""));
  if (!response.ok) throw new ApiError(failureOf(response.status, body));
  return body;
}

/**
 * Send a form, and return {status, body} whatever came: body is null where it is no JSON object, and
 * status 0 where nothing came. onProgress(sent) is told what part of it is on its way, from 0 to 1.
 */
export function postForm(address, form, { headers = {}, onProgress } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells of no progress
    if (onProgress) {
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      request.upload.onload = () => onProgress(1);
    }
    request.onloadend = () => resolve({ status: request.status, body: parse(request.responseText) });
    request.open("POST", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(form);
  });
}

/** One key a request: an upload whose answer was lost on the way is not made twice by its retry. */
export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
    errorCount: problem?.errorCount ?? problem?.errors?.length ?? 0,
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

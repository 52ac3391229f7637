// The few things that every part of the page does with the document. Data enters it as text only.

/** Make an element; a property the element has is set as one, anything else as an attribute. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

export function button(text, onclick, properties = {}) {
  return el("button", { type: "button", className: "plain", onclick, ...properties }, text);
}

/** What was refused or failed, in words and as a code. */
export function refusal({ message, code }) {
  return el("div", { className: "refusal", role: "alert" }, el("p", {}, message, " ", el("code", {}, code)));
}

/** Have Escape within a node do something; the other keys do what they always do. */
export function onEscape(node, leave) {
  node.onkeydown = (event) => {
    if (event.key === "Escape") leave();
  };
}

/** Set a text, unless it is there already: setting it again would lay the page out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Tell those who listen instead of looking. Behind a modal dialog nothing is heard, hence its own. */
export function announce(text) {
  const region = document.querySelector("dialog[open] [role=status]") ?? byId("announcer");
  region.textContent = text;
}

/** A button that copies, and says for a moment that it has. */
export function copyButton(text, label, accessibleName) {
  const made = button(
    label,
    async () => {
      const done = await copy(text, made);
      made.textContent = done ? "Copied" : "Not copied";
      announce(done ? "Copied to the clipboard" : "The browser did not allow copying");
      setTimeout(() => { made.textContent = label; }, 1600);
    },
    { "aria-label": accessibleName },
  );
  return made;
}

async function copy(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

// navigator.clipboard exists in secure contexts only; a team's plain-http host is none.
function copyBySelection(text, near) {
  const field = el("textarea", { className: "unseen", value: text, readOnly: true });
  near.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  near.focus();
  return done;
}

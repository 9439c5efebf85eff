// Shows what the form would do while somebody types. The server does all the reckoning and sends
// the page as it would look; this puts the parts marked data-live in place. Numbers stay text.

const form = document.querySelector("[data-live-form]");
const touched = new Set();
const QUIET_MS = 250;
let waiting = 0;
let running = null;

form.addEventListener("input", (event) => {
  touched.add(event.target.name);
  clearTimeout(waiting);
  waiting = setTimeout(look, QUIET_MS);
});

async function look() {
  running?.abort();
  running = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("intent", "preview");
  try {
    const answer = await fetch(location.href, { method: "POST", body, signal: running.signal });
    const hasEnded = answer.status === 401;
    form.querySelector("[data-session-ended]").hidden = !hasEnded;
    if (answer.ok || answer.status === 409) {
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

function show(page) {
  for (const part of form.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh === null) continue;
    const field = part.dataset.faultOf;
    if (field !== undefined && !touched.has(field)) continue;
    if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
    if (field !== undefined) mark(field, part.childElementCount > 0);
  }
}

function mark(field, isFaulty) {
  const input = document.getElementById(field);
  if (isFaulty) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
}

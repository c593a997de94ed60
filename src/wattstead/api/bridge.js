// Takes what is new every two seconds, and says so when nothing comes any more.
const PAUSE_MS = 2000;

async function renew() {
  let fresh = null;
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PAUSE_MS) });
    if (answer.ok) fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  } catch {
    // No answer: the banner tells it.
  }
  document.body.classList.toggle("gone", !fresh);
  document.getElementById("gone").hidden = Boolean(fresh);
  if (fresh) document.querySelector("main").replaceWith(fresh);
  setTimeout(renew, PAUSE_MS);
}

setTimeout(renew, PAUSE_MS);

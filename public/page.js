const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const exact = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "long" });
const format = (parts) => new Intl.DateTimeFormat("en-CA", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...parts });
const clock = format({ second: "2-digit" });
const day = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const two = (seconds, large, [one, other]) => {
  const rest = Math.floor((seconds % large) / (large / (other === "h" ? 24 : 60)));
  return `${Math.floor(seconds / large)}\u00a0${one}${rest ? ` ${rest}\u00a0${other}` : ""}`;
};
const since = (seconds) =>
  seconds < 60 ? `${Math.floor(seconds)}\u00a0s`
  : seconds < 3600 ? two(seconds, 60, ["min", "s"])
  : seconds < 86400 ? two(seconds, 3600, ["h", "min"])
  : two(seconds, 86400, ["d", "h"]);
const nearly = (seconds) =>
  seconds < 60 ? `${Math.floor(seconds)} s`
  : seconds < 5400 ? `${Math.round(seconds / 60)} min`
  : seconds < 129600 ? `${Math.round(seconds / 3600)} h`
  : `${Math.round(seconds / 86400)} d`;
const ago = (seconds) => seconds < -45 ? `in ${nearly(-seconds)}` : seconds < 5 ? "just now" : `${nearly(seconds)} ago`;
// By the console's clock, where this machine's is wrong.
const ahead = document.documentElement.dataset.now - Date.now();
const wrong = Math.abs(ahead) > 20000 ? ahead : 0;
const gone = (at) => (Date.now() + wrong - at) / 1000;
const past = (at) => Math.max(0, gone(at));
const shapes = {
  ago: (at) => ago(gone(at)),
  since: (at) => since(past(at)),
  clock: (at) => (past(at) < 43200 ? "" : `${day.format(at).slice(5, 10)} `) + clock.format(at),
  minute: (at) => day.format(at).replace(",", ""),
};

const say = (element, text) => {
  const told = element.firstChild ?? element.appendChild(new Text());
  if (told.data !== text) told.data = text;
};
let known = Infinity;
const retell = () => {
  for (const time of document.querySelectorAll("time[data-shape]")) {
    say(time, time.dateTime && shapes[time.dataset.shape](new Date(time.dateTime)));
  }
  for (const place of document.querySelectorAll("[data-zone]")) say(place, zone);
  for (const { id } of document.querySelectorAll("[type=datetime-local]")) {
    const hint = document.getElementById(`${id}-hint`);
    if (hint) say(hint, hint.textContent.replace(/^UTC/, zone));
  }
  const open = document.getElementById("bell")?.dataset.open;
  if (!open) return;
  if (+open > known && document.hidden && self.Notification?.permission === "granted") {
    new Notification("Switchboard", { body: `Incidents nobody has taken on: ${open}`, icon: "/favicon.svg", tag: "incidents" });
  }
  known = +open;
  const title = (open > 0 ? `(${open}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  if (document.title !== title) document.title = title;
  const icon = document.getElementById("favicon");
  const drawn = open > 0 ? `/favicon.svg?open=${open}` : "/favicon.svg";
  if (icon && icon.getAttribute("href") !== drawn) icon.href = drawn;
};
retell();
setInterval(retell, 5000);
new MutationObserver(retell).observe(document.body, { childList: true, subtree: true, attributeFilter: ["datetime"] });

// Only once it is asked for: what stands as the server sent it needs no replacing when the page is read again. Paper shows it.
const tellExactly = (time) => { if (time.dateTime) time.title = exact.format(new Date(time.dateTime)); };
document.addEventListener("pointerover", ({ target }) => {
  if (target.matches("time[data-shape]")) tellExactly(target);
});
addEventListener("beforeprint", () => document.querySelectorAll("time[data-shape]").forEach(tellExactly));

// It stands above the link that covers its row, to tell more; a press goes where the row leads.
document.addEventListener("click", ({ target }) => {
  if (target.matches("time")) target.closest("tr, li")?.querySelector(".row-link")?.click();
});

// Who presses twice means the first button, not another one that has come to stand in its place.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("form[method=post] [type=submit]")) event.preventDefault();
}, true);

document.addEventListener("submit", ({ target }) => {
  // Where the person is asked for a zone, it is theirs to say.
  const zoneOfForm = target.elements.time_zone;
  if (zoneOfForm?.type === "hidden") zoneOfForm.value = zone;
}, true);

// Whoever acted by a key goes on from the heading of what came of it.
const acted = "acted";
addEventListener("pagehide", () => {
  if (document.activeElement.closest("form[aria-busy]")) sessionStorage.setItem(acted, "");
});
const heading = document.getElementById("issued") ?? document.querySelector("h1");
if (heading && acted in sessionStorage && !document.querySelector("[autofocus]")) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
sessionStorage.removeItem(acted);

// A choice by keyboard passes over others on its way: only one that was pressed is a choice already.
let pressed;
document.addEventListener("pointerdown", ({ target }) => { pressed = target; });
document.addEventListener("change", ({ target }) => {
  if (target === pressed && target.matches("form.filter select")) target.form.requestSubmit();
});

// A page without https has no clipboard, but may still copy what is selected.
const copySelected = (text) => {
  const area = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text, className: "unseen" }));
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
};
const copy = (text) => navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, () => copySelected(text)) : copySelected(text);
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button || button.dataset.label) return;
  button.dataset.label = button.textContent;
  button.textContent = (await copy(button.dataset.copy)) ? "Copied" : "Not copied";
  button.focus();
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }, 2000);
});

// Asked for by a press alone, as browsers want it. What was answered before is only told.
document.addEventListener("click", async ({ target }) => {
  if (!target.matches("[data-tell]")) return;
  const answer = (await self.Notification?.requestPermission()) ?? "denied";
  target.textContent = answer === "granted" ? "This browser tells you" : "This browser does not allow it";
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!slash && !(event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey))) return;
  const box = document.getElementById("search");
  if (!box) return;
  event.preventDefault();
  if (box.checkVisibility()) box.select();
  else location.assign("/search");
});

// What is found appears while it is typed: below the box of the header, or on the page of the search, whose address follows.
const address = (q) => (q ? `/search?${new URLSearchParams({ q })}` : "/search");
const say = (text) => {
  const line = document.createElement("div");
  line.append(Object.assign(document.createElement("p"), { className: "quiet", textContent: text }));
  return line;
};
const find = async (q, signal) => {
  const fresh = document.createElement("template");
  const answer = await fetch(address(q), { signal });
  fresh.innerHTML = await answer.text();
  return fresh.content.getElementById("found") ?? say(answer.redirected ? "You are signed out. Sign in to search." : "The search failed. Press Enter to see why.");
};
const watch = (box, show) => {
  let due, reading;
  box.addEventListener("input", () => {
    clearTimeout(due);
    reading?.abort();
    reading = new AbortController();
    const { signal } = reading;
    due = setTimeout(async () => {
      const q = box.value.trim();
      const found = await find(q, signal).catch(() => say("The console cannot be reached."));
      if (!signal.aborted) show(found, q);
    }, 250);
  });
};

const page = document.querySelector("main:has(#found) form.filter [name=q]");
if (page) {
  watch(page, (found, q) => {
    found.id = "found";
    document.getElementById("found").replaceWith(found);
    history.replaceState(history.state, "", address(q));
  });
}

const suggestBelow = (box) => {
  const { form } = box;
  const panel = Object.assign(document.createElement("div"), { className: "suggestions", hidden: true });
  const count = Object.assign(document.createElement("p"), { className: "unseen", role: "status" });
  form.append(panel, count);
  const links = () => [...panel.querySelectorAll("a")];
  const close = () => { panel.hidden = true; };
  watch(box, (found, q) => {
    panel.replaceChildren(...found.childNodes);
    panel.hidden = !q || !form.contains(document.activeElement);
    panel.scrollTop = 0;
    count.textContent = q && (links().length ? `${links().length} found` : panel.textContent);
  });
  const open = () => { panel.hidden = !box.value.trim() || !panel.childNodes.length; };
  box.addEventListener("focus", open);
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") open();
    if (panel.hidden) return;
    const stops = [box, ...links()];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // Whoever goes on typing goes on in the box.
    if (event.key.length === 1 && event.target !== box && !event.ctrlKey && !event.metaKey && !event.altKey) return box.focus();
    if (step) stops[stops.indexOf(document.activeElement) + step]?.focus();
    else if (event.key === "Escape") {
      box.focus();
      close();
    } else return;
    event.preventDefault();
  });
  for (const event of ["pointerdown", "focusin"]) {
    document.addEventListener(event, ({ target }) => { if (!form.contains(target)) close(); });
  }
};
const box = document.getElementById("search");
if (box) suggestBelow(box);

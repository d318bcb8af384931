// What is found appears while it is typed: below the box of the header, or on the page of the search, whose address follows.
// What a page answers, without any of it living yet.
const read = async (address, signal) => {
  const fresh = document.createElement("template");
  const answer = await fetch(address, { signal });
  fresh.innerHTML = await answer.text();
  return { page: fresh.content, isSignedOut: answer.redirected };
};
const say = (text) => Object.assign(document.createElement("p"), { className: "quiet", textContent: text });
const afterTyping = (box, follow) => {
  let due, reading;
  box.addEventListener("input", () => {
    clearTimeout(due);
    reading?.abort();
    reading = new AbortController();
    const { signal } = reading;
    due = setTimeout(() => follow(signal).catch(() => signal.aborted || follow.failed()), 250);
  });
};

// A list follows what is typed into its filter, and so does the address. What an island holds sees to itself.
const followList = (box) => {
  const { form } = box;
  const isOfIslands = form.closest("leptos-island") || form.parentElement.querySelector(":scope > form ~ * leptos-island, :scope > form ~ leptos-island");
  if (isOfIslands) return;
  const behind = () => { const all = []; for (let next = form.nextElementSibling; next; next = next.nextElementSibling) all.push(next); return all; };
  const tell = (text) => {
    form.parentElement.querySelector(":scope > .lagging")?.remove();
    form.after(Object.assign(say(text), { className: "quiet lagging" }));
  };
  const asked = () => {
    const said = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    return form.getAttribute("action") + (said.size ? `?${said}` : "");
  };
  const follow = async (signal) => {
    const address = asked();
    const { page, isSignedOut } = await read(address, signal);
    const fresh = page.querySelector("main form.filter");
    if (signal.aborted) return;
    // Something was chosen below meanwhile, which the answer does not know.
    if (asked() !== address) return follow(signal);
    if (!fresh) return tell(isSignedOut ? "You are signed out. Sign in to search." : "The search failed. Press Enter to see why.");
    form.querySelector("a.plain")?.remove();
    form.append(...fresh.querySelectorAll("a.plain"));
    for (const old of behind()) old.remove();
    while (fresh.nextElementSibling) form.parentElement.append(fresh.nextElementSibling);
    history.replaceState(history.state, "", address);
  };
  follow.failed = () => tell("The console cannot be reached.");
  afterTyping(box, follow);
};
for (const box of document.querySelectorAll("main form.filter [name=q]")) followList(box);

const suggestBelow = (box) => {
  const { form } = box;
  const panel = Object.assign(document.createElement("div"), { className: "suggestions", hidden: true });
  const count = Object.assign(document.createElement("p"), { className: "unseen", role: "status" });
  form.append(panel, count);
  const links = () => [...panel.querySelectorAll("a")];
  const close = () => { panel.hidden = true; };
  const show = (parts) => {
    const q = box.value.trim();
    panel.replaceChildren(...parts);
    panel.hidden = !q || !form.contains(document.activeElement);
    panel.scrollTop = 0;
    count.textContent = q && (links().length ? `${links().length} found` : panel.textContent);
  };
  const follow = async (signal) => {
    const q = box.value.trim();
    const { page, isSignedOut } = await read(q ? `/search?${new URLSearchParams({ q })}` : "/search", signal);
    const found = page.getElementById("found");
    if (signal.aborted) return;
    show(found?.childNodes ?? [say(isSignedOut ? "You are signed out. Sign in to search." : "The search failed. Press Enter to see why.")]);
  };
  follow.failed = () => show([say("The console cannot be reached.")]);
  afterTyping(box, follow);
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

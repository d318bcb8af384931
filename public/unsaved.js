// Whose secret is shown there once makes no other page of it.
const place = () => `typed ${location.pathname}${location.search.replace(/[?&]issued=[^&]*/, "")}`;
const comesBack = "comes back";
const forms = () => document.querySelectorAll("main:not(.signed-out) form[method=post]");
const nameOf = (form) => form.getAttribute("action") + form.elements.id?.value;
// A password in an address is one wherever it was typed.
const isSecret = ({ type, name, value }) => type === "password" || name.startsWith("credential[") || /:\/\/[^/\s]*:[^/\s]*@/.test(value);
const isTicked = ({ type }) => type === "checkbox" || type === "radio";
const isChanged = (control) =>
  isTicked(control) ? control.checked !== control.defaultChecked
  : control.multiple ? [...control.options].some(({ selected, defaultSelected }) => selected !== defaultSelected)
  : control.options ? control.selectedIndex !== Math.max(0, [...control.options].findIndex((option) => option.defaultSelected))
  : control.value !== control.defaultValue;
// What browsers fill in by themselves nobody has typed.
const typed = ":is(input, select, textarea):not([type=hidden], [autocomplete^=current], [autocomplete^=one])";

let sent, comesBackNow, signsOut;
const keep = () => {
  if (signsOut) return sessionStorage.clear();
  const kept = {};
  for (const form of forms()) {
    const controls = [...form.elements].filter((control) => control.matches(typed) && isChanged(control));
    form.toggleAttribute("data-unsaved", controls.length);
    if (form === sent || form.matches("[aria-busy=true]")) continue;
    if (!controls.length) continue;
    kept[nameOf(form)] = controls.map((control) => {
      const { name, value, checked, multiple, selectedOptions } = control;
      return [name, isSecret(control) ? null : multiple ? [...selectedOptions].map((option) => option.value) : value, checked];
    });
  }
  sessionStorage.setItem(place(), JSON.stringify(kept));
};
const restore = () => {
  const kept = JSON.parse(sessionStorage.getItem(place())) ?? {};
  for (const form of forms()) {
    for (const [name, value, checked] of kept[nameOf(form)] ?? []) {
      const control = [...form.elements].find((control) => control.name === name && (!isTicked(control) || control.value === value));
      if (!control || isChanged(control)) continue;
      if (value === null) {
        control.placeholder = "Not kept: enter it again";
        continue;
      }
      if (isTicked(control)) control.checked = checked;
      else if (control.multiple) for (const option of control.options) option.selected = value.includes(option.value);
      else control.value = value;
      control.closest("details")?.setAttribute("open", "");
    }
  }
};
// Who comes afresh finds a fresh form; to sign in is part of the way back.
if (location.pathname.startsWith("/sign-in")) {
  sessionStorage.setItem(comesBack, "");
} else {
  const [arrival] = performance.getEntriesByType("navigation");
  if ((arrival && arrival.type !== "navigate") || comesBack in sessionStorage) restore();
  sessionStorage.removeItem(comesBack);
  keep();
}

for (const event of ["input", "change", "pagehide"]) addEventListener(event, keep);
addEventListener("pageshow", () => { sent = undefined; });
// To sign in, and to load the page again after somebody else has saved, are parts of the way back.
addEventListener("click", ({ target }) => {
  const link = target.closest("a");
  const loadsAgain = link?.href === location.href && link.closest(".toasts");
  if (loadsAgain) sessionStorage.setItem(comesBack, "");
  comesBackNow = loadsAgain || link?.pathname === "/sign-in";
});
addEventListener("submit", ({ target, defaultPrevented }) => {
  signsOut = target.matches("[data-signs-out]");
  if (!defaultPrevented) sent = target;
});
// A search for more of what may be chosen keeps what is.
addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches("form.filter")) return;
  for (const { name, value } of document.querySelectorAll("form.choosing :is(:checked, [name=release])")) formData.append(name, value);
});
addEventListener("beforeunload", (event) => {
  keep();
  if (comesBackNow) return;
  const isLost = [...document.querySelectorAll("main form[data-unsaved]")].some((form) => form !== sent && !(sent && form.matches(".choosing")));
  if (document.querySelector("main form[aria-busy=true]")) sessionStorage.setItem(comesBack, "");
  else if (isLost) event.preventDefault();
});

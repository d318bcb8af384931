async (script, wasm) => {
  const part = await import(script);
  await part.default({ module_or_path: wasm });
  part.hydrate();
  const islands = [...document.querySelectorAll("leptos-island")];
  await Promise.allSettled(islands.map((island) => part[island.dataset.component]?.(island)));
  document.documentElement.dataset.hydrated = "";
}

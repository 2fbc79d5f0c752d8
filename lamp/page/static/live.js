// Keeps the page as the lamp is. Without it, or with it switched off, the page is read as it was sent.
"use strict";

const source = new EventSource("/events");

function replaced(id, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const old = document.getElementById(id);
  if (!fresh || (old && old.contains(document.activeElement))) return null; // nobody loses their place
  const open = old && old.querySelector("details[open]");
  if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  if (old) old.replaceWith(fresh);
  return fresh;
}

source.addEventListener("now", (event) => replaced("now", JSON.parse(event.data)));

source.addEventListener("row", (event) => {
  const { id, html } = JSON.parse(event.data);
  const list = document.querySelector("ol.heard");
  if (!list) { location.reload(); return; }
  const known = document.getElementById(id);
  const fresh = replaced(id, html);
  if (fresh && !known) list.prepend(fresh);
  while (list.children.length > 100) list.lastElementChild.remove();
});

source.addEventListener("over", () => { source.close(); location.assign("/pair"); });

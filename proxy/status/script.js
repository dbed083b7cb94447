// What the page gains with JavaScript: it keeps itself up to date, and what is to
// be copied has a button. Without it everything is there, as of the last load.
"use strict";

const every = 4000; // milliseconds between two looks
let paused = false;

// copyButtons puts a button behind everything that is to be copied within root.
function copyButtons(root) {
  for (const block of root.querySelectorAll("pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      button.textContent = (await copied(block)) ? "Copied" : "Select it and press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.after(button);
  }
}

// copied reports whether the text of block is on the clipboard. Where the page did
// not come by HTTPS or from this machine, browsers have the older way only.
async function copied(block) {
  try {
    await navigator.clipboard.writeText(block.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(block);
    return document.execCommand("copy");
  }
}

// refresh replaces the parts of the page that have changed. What is open stays
// open, and a part that somebody is in stays as it is.
async function refresh() {
  if (paused || document.hidden) return;
  const answer = await fetch(location.pathname, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(part.id);
    if (!now || part.contains(document.activeElement) || now.textContent === said.get(part.id)) continue;
    if (part.id === "latest" && said.size) announce(part, now);
    said.set(part.id, now.textContent);
    for (const open of part.querySelectorAll("details[open][data-key]")) {
      now.querySelector(`details[data-key="${CSS.escape(open.dataset.key)}"]`)?.setAttribute("open", "");
    }
    copyButtons(now);
    part.replaceWith(document.adoptNode(now));
  }
}

const said = new Map(); // the text of each part as it was served

// announce tells those who listen that something was refused.
function announce(before, after) {
  const known = new Set([...before.querySelectorAll("a")].map((a) => a.getAttribute("href")));
  const refused = [...after.querySelectorAll("li")].filter((li) => li.querySelector(".refused") && !known.has(li.querySelector("a")?.getAttribute("href")));
  if (refused.length) document.getElementById("news").textContent = `${refused.length} more refused`;
}

function pauseButton(beside) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Pause updates";
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Go on updating" : "Pause updates";
  });
  beside.after(button);
}

for (const part of document.querySelectorAll("[data-live]")) said.set(part.id, part.textContent);
copyButtons(document);
document.getElementById("answer")?.focus();
const asof = document.getElementById("asof");
if (asof) {
  pauseButton(asof);
  setInterval(() => refresh().catch(() => {}), every); // the server may be away for a moment
}

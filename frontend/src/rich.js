// A small editor of rich text: the browser's own, with a bar. What it holds is written back into the text area, which is
// what the form sends; the server keeps only what its list allows.
const ALLOWED = new Set("P BR B STRONG I EM U S A UL OL LI BLOCKQUOTE CODE PRE H1 H2 H3 H4 HR TABLE THEAD TBODY TR TH TD".split(" "));
const DROPPED = new Set("SCRIPT STYLE TITLE TEMPLATE NOSCRIPT IFRAME OBJECT SVG MATH TEXTAREA".split(" "));
const LEADS = /^(https?:|mailto:|tel:|#|\/(?![/\\]))/i;
const BLOCKS = { heading: "h3", quote: "blockquote" };

/** The text area inside `box` gets an editor in its place. */
export function edit(box) {
  const area = box.querySelector("textarea");
  const bar = box.querySelector("[role=toolbar]");
  const page = document.createElement("div");
  page.className = area.className;
  page.contentEditable = "true";
  page.setAttribute("role", "textbox");
  page.setAttribute("aria-multiline", "true");
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (area.hasAttribute(name)) page.setAttribute(name, area.getAttribute(name));
  }
  const label = area.labels?.[0];
  page.setAttribute("aria-label", area.getAttribute("aria-label") || label?.firstChild?.textContent.trim() || area.name);
  label?.addEventListener("click", () => page.focus());
  page.id = `${area.id}-page`;
  bar.setAttribute("aria-controls", page.id);
  page.replaceChildren(...safe(area.value));
  const focused = document.activeElement === area;
  area.hidden = true;
  bar.hidden = false;
  area.after(page);
  document.execCommand("styleWithCSS", false, false);
  document.execCommand("defaultParagraphSeparator", false, "p");
  if (focused) atEnd(page);

  page.addEventListener("input", (event) => {
    event.stopPropagation(); // the form hears it from the text area
    area.value = page.textContent.trim() ? page.innerHTML : "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  page.addEventListener("paste", (event) => {
    const html = event.clipboardData.getData("text/html");
    if (!html) return;
    event.preventDefault();
    const holder = document.createElement("div");
    holder.replaceChildren(...safe(html));
    document.execCommand("insertHTML", false, holder.innerHTML);
  });
  page.addEventListener("drop", (event) => event.dataTransfer.types.includes("text/html") && event.preventDefault());

  const buttons = [...bar.querySelectorAll("button")];
  const show = () => {
    if (!page.isConnected) return document.removeEventListener("selectionchange", show);
    if (!page.contains(getSelection().anchorNode)) return;
    for (const one of buttons) one.setAttribute("aria-pressed", String(isOn(one.dataset.rich)));
  };
  document.addEventListener("selectionchange", show);
  bar.addEventListener("mousedown", (event) => event.preventDefault()); // the words stay chosen
  bar.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (!page.contains(getSelection().anchorNode)) atEnd(page);
    run(button.dataset.rich, bar.dataset.ask);
    page.focus();
    show();
  });
  for (const [place, one] of buttons.entries()) one.tabIndex = place ? -1 : 0;
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const now = buttons.indexOf(event.target.closest("button"));
    if (!step || now < 0) return;
    event.preventDefault();
    const next = buttons[(now + step + buttons.length) % buttons.length];
    buttons[now].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

function run(what, ask) {
  if (what === "link") {
    const to = document.queryCommandState("unlink") || inLink() ? "" : prompt(ask, "https://");
    if (to === null) return;
    document.execCommand(to && LEADS.test(to.trim()) ? "createLink" : "unlink", false, to.trim());
  } else if (BLOCKS[what]) document.execCommand("formatBlock", false, isOn(what) ? "p" : BLOCKS[what]);
  else document.execCommand(what);
}

function isOn(what) {
  if (what === "link") return Boolean(inLink());
  if (BLOCKS[what]) return document.queryCommandValue("formatBlock").toLowerCase() === BLOCKS[what];
  return document.queryCommandState(what);
}

function inLink() {
  const node = getSelection().anchorNode;
  return (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[role=textbox] a");
}

function atEnd(page) {
  page.focus();
  getSelection().selectAllChildren(page);
  getSelection().collapseToEnd();
}

/** Nodes of HTML from anywhere, with nothing in them that runs or leads astray; a plain text becomes paragraphs. */
function safe(text) {
  if (!/<[a-z/!]/i.test(text)) {
    return text.split(/\n\s*\n/).filter(Boolean).map((part) => {
      const paragraph = document.createElement("p");
      part.split("\n").forEach((line, at) => paragraph.append(...(at ? [document.createElement("br")] : []), line));
      return paragraph;
    });
  }
  return [...new DOMParser().parseFromString(text, "text/html").body.childNodes].flatMap(kept);
}

function kept(node) {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName.toUpperCase())) return [];
  const inside = [...node.childNodes].flatMap(kept);
  if (!ALLOWED.has(node.tagName)) return inside;
  const made = document.createElement(node.tagName);
  const to = node.getAttribute("href")?.trim();
  if (node.tagName === "A" && to && LEADS.test(to)) made.setAttribute("href", to);
  made.append(...inside);
  return [made];
}

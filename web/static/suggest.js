// What a search field offers while somebody types: a combobox with a listbox (ARIA 1.2). Without script it is a plain field.
(function () {
  "use strict";

  const WAIT = 150; // milliseconds after the last key
  const IDEOGRAPH = /[\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]/;
  const boxes = new WeakMap();
  let open = null;

  const close = () => {
    if (!open) return;
    open.list.hidden = true;
    open.input.setAttribute("aria-expanded", "false");
    open.input.removeAttribute("aria-activedescendant");
    open.at = -1;
    open = null;
  };

  const make = (input) => {
    const list = document.createElement("div");
    list.id = `${input.id}-suggestions`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.suggestLabel);
    list.hidden = true;
    input.closest(".search-row").append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
      input.setAttribute(name, value);
    }
    const box = { input, list, at: -1, asked: "", timer: 0 };
    boxes.set(input, box);
    return box;
  };
  const boxOf = (input) => boxes.get(input) || make(input);
  const options = (box) => [...box.list.querySelectorAll("[role=option]")];

  const choose = (box, at) => {
    const all = options(box);
    box.at = all.length ? (at + all.length + 1) % (all.length + 1) : -1; // one place more: the field itself
    if (box.at === all.length) box.at = -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === box.at)));
    if (box.at < 0) return box.input.removeAttribute("aria-activedescendant");
    box.input.setAttribute("aria-activedescendant", all[box.at].id);
    all[box.at].scrollIntoView({ block: "nearest" });
  };

  const show = (box, groups) => {
    let number = 0;
    box.list.replaceChildren(...groups.map((group, place) => {
      const part = document.createElement("div");
      part.setAttribute("role", "group");
      const title = Object.assign(document.createElement("p"), { className: "suggestions-title", textContent: group.title, id: `${box.list.id}-${place}` });
      title.setAttribute("role", "presentation");
      part.setAttribute("aria-labelledby", title.id);
      part.append(title, ...group.items.map((item) => {
        const option = Object.assign(document.createElement("a"), { href: item.url, textContent: item.text, tabIndex: -1, id: `${box.list.id}-o${number++}` });
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }));
      return part;
    }));
    if (!number || document.activeElement !== box.input) return close();
    open = box;
    box.at = -1;
    box.list.hidden = false;
    box.input.setAttribute("aria-expanded", "true");
    const live = document.getElementById("live");
    if (live) live.textContent = box.input.dataset.suggestCount.replace("{n}", number);
  };

  const ask = async (box) => {
    const text = box.input.value.trim();
    box.asked = text;
    if (!IDEOGRAPH.test(text) && text.length < 2) return close();
    try {
      const response = await fetch(`${box.input.dataset.suggest}&q=${encodeURIComponent(text)}`);
      const answer = await response.json();
      if (box.asked === text) show(box, answer.groups);
    } catch {
      close();
    }
  };

  document.addEventListener("focusin", (event) => { if (event.target.dataset && event.target.dataset.suggest) boxOf(event.target); });
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.dataset || !input.dataset.suggest || event.isComposing) return;
    const box = boxOf(input);
    clearTimeout(box.timer);
    box.timer = setTimeout(() => ask(box), WAIT);
  });
  document.addEventListener("compositionend", (event) => { // an input method has put its characters in
    if (event.target.dataset && event.target.dataset.suggest) ask(boxOf(event.target));
  });
  document.addEventListener("keydown", (event) => {
    const box = boxes.get(event.target);
    if (!box || event.isComposing) return;
    if (event.key === "Escape" && open) { event.preventDefault(); return close(); }
    if (!open) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(box, box.at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(box, box.at < 0 ? options(box).length - 1 : box.at - 1); }
    if (event.key === "Enter" && box.at >= 0) { event.preventDefault(); options(box)[box.at].click(); }
    if (event.key === "Tab") close();
  });
  document.addEventListener("click", (event) => { if (open && !event.target.closest(".search-row")) close(); });
  document.addEventListener("submit", close);
})();

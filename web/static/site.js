// Small helps over pages that work without them. One listener per kind of event on the document, so that parts swapped in by
// htmx need no set-up; what must be drawn at once is drawn by enhance(). Texts come from data attributes: templates translate.
(function () {
  "use strict";

  const root = document.documentElement;
  const live = (text) => { const place = document.getElementById("live"); if (place) place.textContent = text; };

  // --- larger text: the link works without script; here it acts in place -------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-text-size]");
    if (!link) return;
    event.preventDefault();
    const larger = link.dataset.textSize === "larger";
    root.classList.toggle("larger", larger);
    document.cookie = `text=${larger ? "larger" : "normal"}; path=/; max-age=31536000; samesite=lax`;
    const other = document.querySelector(`[data-text-size="${larger ? "normal" : "larger"}"]`);
    if (other) other.focus();
  });

  // --- menus: one open at a time, closed by Escape and by a click elsewhere -----------------------------------------
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details[data-menu][open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // --- confirm: the panel of a <details data-confirm> moves into the one <dialog> of the page -----------------------
  const dialog = document.getElementById("dialog");
  const body = document.getElementById("dialog-body");
  const cancel = dialog && dialog.querySelector("[data-dialog-close]");
  let asked = null;
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details[data-confirm] > summary");
    if (!summary || !dialog || !dialog.showModal) return;
    event.preventDefault();
    asked = summary.parentElement;
    const panel = asked.querySelector(".confirm-panel");
    const title = document.getElementById("dialog-title");
    title.textContent = panel.querySelector(".confirm-question").textContent;
    panel.querySelector(".buttons").append(cancel); // beside the verb, out again when the panel goes back
    body.append(panel);
    dialog.showModal();
    title.focus();
  });
  if (dialog) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-dialog-close]")) dialog.close();
    });
    dialog.addEventListener("close", () => {
      if (!asked) return;
      dialog.append(cancel);
      asked.append(...body.children);
      asked.querySelector("summary").focus();
      asked = null;
    });
  }

  // --- counters -----------------------------------------------------------------------------------------------------
  const count = (control) => {
    const place = document.getElementById(control.dataset.counter);
    if (!place) return;
    const left = Number(place.dataset.max) - [...control.value.replace(/\r?\n/g, "\n")].length;
    place.classList.toggle("over", left < 0);
    place.textContent = (left < 0 ? place.dataset.over : place.dataset.left).replace("{n}", Math.abs(left));
  };

  // --- fields that depend on another: hidden, never emptied (the server decides what counts) ------------------------
  const chosen = (form, name) => {
    const controls = [...form.elements].filter((control) => control.name === name);
    if (controls.length === 1 && controls[0].type === "checkbox" && controls[0].value === "y") {
      return [controls[0].checked ? "on" : "off"];
    }
    return controls.filter((c) => (c.type !== "checkbox" && c.type !== "radio") || c.checked).map((c) => c.value);
  };
  const depend = (form) => {
    for (const part of form.querySelectorAll("[data-shown-by]")) {
      const values = chosen(form, part.dataset.shownBy);
      part.hidden = !part.dataset.shownWhen.split(" ").some((value) => values.includes(value));
    }
  };

  // --- files too large are named before they are sent ---------------------------------------------------------------
  const weigh = (input) => {
    const field = input.closest(".field");
    const old = field.querySelector("[data-size-error]");
    if (old) old.remove();
    const large = [...input.files].find((file) => file.size > Number(input.dataset.maxBytes));
    input.classList.toggle("is-invalid", Boolean(large));
    if (!large) return;
    const message = document.createElement("p");
    message.className = "field-error";
    message.dataset.sizeError = "";
    message.setAttribute("role", "alert");
    message.textContent = input.dataset.tooLarge.replace("{name}", large.name).replace("{size}", (large.size / 1e6).toFixed(1));
    input.before(message);
    input.value = "";
  };

  // --- what is still missing (needs/_points.html): [{text, url}, ...] of "gaps" and "doubts" -----------------------
  const points = (answer) => {
    const box = document.querySelector("[data-points]");
    if (!box) return;
    for (const list of box.querySelectorAll("[data-points-of]")) {
      const found = answer[list.dataset.pointsOf];
      list.replaceChildren(...found.map((point) => {
        const item = document.createElement("li");
        const link = Object.assign(document.createElement("a"), { href: point.url, textContent: point.text });
        item.append(link);
        return item;
      }));
      (list.dataset.pointsOf === "gaps" ? list : list.parentElement).hidden = !found.length;
    }
    box.querySelector("[data-points-done]").hidden = answer.gaps.length > 0;
  };

  // --- autosave: {time, revision?, gaps?, doubts?} or {message}; a new draft also answers {action, autosave, address} ----------------
  const saves = new WeakMap();
  const autosave = async (form) => {
    const save = saves.get(form);
    clearTimeout(save.timer);
    if (save.running) { save.again = true; return save.running; }
    const status = form.querySelector("[data-autosave-status]");
    const say = (text, failed) => { if (status) { status.textContent = text; status.classList.toggle("failed", failed); } };
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    save.running = (async () => {
      try {
        const response = await fetch(form.dataset.autosave, { method: "POST", body: data, headers: { "X-Autosave": "1" } });
        const answer = await response.json();
        if (!response.ok) return say(answer.message || status.dataset.failed, true);
        if (answer.revision && form.elements.revision) form.elements.revision.value = answer.revision;
        if (answer.action) form.action = answer.action;
        if (answer.autosave) form.dataset.autosave = answer.autosave;
        if (answer.address) history.replaceState(history.state, "", answer.address);
        if (answer.gaps) points(answer);
        say(status.dataset.saved.replace("{time}", answer.time), false);
      } catch {
        say(status.dataset.failed, true);
      }
    })();
    await save.running;
    save.running = null;
    if (save.again) { save.again = false; return autosave(form); }
  };
  const touched = (form) => {
    if (!form.dataset.autosave) return;
    if (!saves.has(form)) saves.set(form, {});
    const save = saves.get(form);
    clearTimeout(save.timer);
    save.timer = setTimeout(() => autosave(form), 1500);
  };

  document.addEventListener("input", (event) => {
    const control = event.target;
    if (control.dataset && control.dataset.counter) count(control);
    if (control.form) touched(control.form);
  });
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (!control.form) return;
    if (control.type === "file" && control.dataset.maxBytes) weigh(control);
    depend(control.form);
    touched(control.form);
    // Facets act at once where they stand beside the hits; in the sheet on phones the button does.
    if (control.dataset.autosubmit !== undefined && matchMedia("(min-width: 992px)").matches) control.form.requestSubmit();
  });

  // --- submit: once, and only after a running autosave has told its revision ----------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.submitted) { event.preventDefault(); return; }
    const save = saves.get(form);
    if (save) clearTimeout(save.timer);
    if (save && save.running) {
      event.preventDefault();
      const submitter = event.submitter;
      save.again = false;
      save.running.then(() => form.requestSubmit(submitter));
      return;
    }
    form.dataset.submitted = "1";
    setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
    });
  });
  const release = () => {
    for (const form of document.querySelectorAll("form[data-submitted]")) {
      delete form.dataset.submitted;
      for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  };
  window.addEventListener("pageshow", release);
  document.addEventListener("htmx:afterRequest", release);

  // --- copy, print --------------------------------------------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const text = copy.querySelector("span");
      const before = text.textContent;
      try {
        await navigator.clipboard.writeText(copy.dataset.copy);
        text.textContent = copy.dataset.copied;
        live(copy.dataset.copied);
        setTimeout(() => { text.textContent = before; }, 2500);
      } catch {
        window.prompt(before, copy.dataset.copy);
      }
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  // --- htmx: say what changed, keep the focus useful ----------------------------------------------------------------
  document.addEventListener("htmx:afterSettle", (event) => {
    const news = event.target.querySelector && event.target.querySelector("[data-announce]");
    if (news) live(news.textContent.trim());
    const cause = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (cause && cause.name === "add_row") {
      const place = document.getElementById(event.target.id);
      const rows = place ? place.querySelectorAll(".row-entry") : [];
      const first = rows.length && rows[rows.length - 1].querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    }
  });
  document.addEventListener("htmx:load", (event) => enhance(event.target));

  function enhance(part) {
    for (const control of part.querySelectorAll("[data-counter]")) count(control);
    const forms = new Set([...part.querySelectorAll("[data-shown-by]")].map((dependent) => dependent.closest("form")));
    for (const form of forms) if (form) depend(form);
  }

  enhance(document);
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();

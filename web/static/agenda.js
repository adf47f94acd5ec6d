// The grid of a programme: items are dragged to a time in a room, or moved by keyboard. The server decides; its page is shown.
// Without this file the list below the grid does everything. Texts come from data attributes: templates translate.
(function () {
  "use strict";

  const PIXELS = 3; // a minute
  const STEP = 5; // minutes
  const live = (text) => { document.getElementById("live").textContent = text; };
  let held = null; // {block, board, columns, at, room, home, pointer}

  const columnsOf = (board) => [...board.querySelectorAll(".board-room")];
  const clock = (board, at) => {
    const [first] = board.querySelectorAll(".board-hours span"); // any hour with its words gives the clock
    const [hours, minutes] = first.textContent.split(":").map(Number);
    const total = ((hours * 60 + minutes + at - Number(first.dataset.at)) % 1440 + 1440) % 1440;
    return `${String(Math.floor(total / 60)).padStart(2, "0")}:${String(total % 60).padStart(2, "0")}`;
  };

  const put = (board, block, at, room) => {
    const column = columnsOf(board).find((one) => one.dataset.room === room);
    const last = columnsOf(board).at(-1);
    block.style.top = `${(at - board.dataset.from) * PIXELS}px`;
    block.style.height = `${Math.max(block.dataset.minutes * PIXELS, 18) - 2}px`;
    block.style.left = `${column.offsetLeft}px`; // what is for everybody takes the width of all rooms
    block.style.width = `${(room ? column : last).offsetLeft + (room ? column : last).offsetWidth - column.offsetLeft - 4}px`;
  };

  const draw = () => {
    for (const board of document.querySelectorAll("[data-board]")) {
      const body = board.querySelector(".board-body");
      const rooms = columnsOf(board).length;
      for (const part of [board.querySelector(".board-head"), body]) {
        part.style.gridTemplateColumns = `4rem repeat(${rooms}, minmax(9rem, 1fr))`;
      }
      body.style.height = `${(board.dataset.to - board.dataset.from) * PIXELS}px`;
      for (const hour of board.querySelectorAll(".board-hours span")) {
        hour.style.top = `${(hour.dataset.at - board.dataset.from) * PIXELS}px`;
      }
      for (const block of board.querySelectorAll("[data-item]")) put(board, block, Number(block.dataset.at), block.dataset.room);
    }
  };

  const pick = (block) => {
    const board = block.closest("[data-board]");
    held = { block, board, at: Number(block.dataset.at), room: block.dataset.room };
    block.classList.add("board-held");
  };
  const show = () => {
    const { block, board, at, room } = held;
    put(board, block, at, room);
    const name = columnsOf(board).find((one) => one.dataset.room === room).dataset.name;
    block.querySelector(".board-time").textContent = `${clock(board, at)}–${clock(board, at + Number(block.dataset.minutes))}`;
    return board.dataset.held.replace("{title}", block.dataset.title).replace("{time}", clock(board, at)).replace("{room}", name);
  };
  const leave = () => {
    if (!held) return;
    const { block, board } = held;
    held.at = Number(block.dataset.at);
    held.room = block.dataset.room;
    show();
    block.classList.remove("board-held");
    live(board.dataset.left);
    held = null;
  };

  const drop = async () => {
    const { block, board, at, room } = held;
    if (at === Number(block.dataset.at) && room === block.dataset.room) return leave();
    held = null;
    const body = new URLSearchParams({ csrf_token: board.dataset.csrf, revision: board.dataset.revision, room, at });
    let answer;
    try {
      answer = await fetch(block.dataset.url, { method: "POST", body });
    } catch {
      return location.reload();
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-agenda]");
    if (!answer.ok || !fresh) return location.reload();
    document.querySelector("[data-agenda]").replaceWith(fresh);
    draw();
    const moved = document.querySelector(`[data-item="${CSS.escape(block.dataset.item)}"]`);
    if (moved) moved.focus({ preventScroll: true });
    const said = fresh.querySelector("[data-said] .notice");
    live(said ? said.textContent.trim() : moved ? moved.textContent.trim().replace(/\s+/g, " ") : "");
  };

  // --- pointer: a mouse or a pen drags, a finger scrolls (phones have the forms) ------------------------------------
  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-item]");
    if (!block || event.button !== 0 || event.pointerType === "touch" || held) return;
    const box = block.getBoundingClientRect();
    const start = { x: event.clientX, y: event.clientY, inside: event.clientY - box.top };
    const board = block.closest("[data-board]");
    const follow = (move) => {
      if (!held && Math.hypot(move.clientX - start.x, move.clientY - start.y) > 4) pick(block);
      if (!held) return;
      const edge = move.clientY < 60 ? -16 : move.clientY > innerHeight - 60 ? 16 : 0;
      if (edge) scrollBy(0, edge);
      const frame = board.querySelector(".board-body").getBoundingClientRect();
      const minute = (move.clientY - start.inside - frame.top) / PIXELS;
      const latest = board.dataset.to - board.dataset.from - block.dataset.minutes;
      held.at = Number(board.dataset.from) + Math.max(0, Math.min(Math.round(minute / STEP) * STEP, Math.max(latest, 0)));
      const over = columnsOf(board).find((one) => move.clientX < one.getBoundingClientRect().right);
      held.room = (over || columnsOf(board).at(-1)).dataset.room;
      show();
    };
    const finish = () => {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerup", finish);
      document.removeEventListener("pointercancel", cancel);
      if (held) drop();
    };
    const cancel = () => { leave(); finish(); };
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", finish);
    document.addEventListener("pointercancel", cancel);
  });

  // --- keyboard -----------------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    const block = event.target.closest("[data-item]");
    if (!block) return;
    if (!held) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick(block);
      return live(show());
    }
    const rooms = columnsOf(held.board).map((one) => one.dataset.room);
    const by = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) held.at = Math.min(Math.max(held.at + by, Number(held.board.dataset.from)), held.board.dataset.to - STEP);
    else if (aside) held.room = rooms[Math.min(Math.max(rooms.indexOf(held.room) + aside, 0), rooms.length - 1)];
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); return drop(); }
    else if (event.key === "Escape" || event.key === "Tab") return leave();
    else return;
    event.preventDefault();
    live(show());
  });
  document.addEventListener("focusout", (event) => {
    if (held && event.target === held.block && !document.body.matches(":active")) leave();
  });

  addEventListener("resize", draw);
  draw(); // the page is whole: this file is deferred
})();

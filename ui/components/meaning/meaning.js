{  // a block: its names are not the page's
  const box = document.createElement("div");
  box.id = "meaning";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.body.append(box);

  let word = null;
  const at = event => event.target.closest?.('a[href^="words#"]') ?? null;
  // A page that is redrawn takes its words away.
  const gone = new MutationObserver(() => word?.isConnected || hide());

  const hide = () => {
    box.hidden = true;
    gone.disconnect();
    word?.removeAttribute("aria-describedby");
    word = null;
  };

  // Below the word if there is room, and touching it, so that a mouse may move onto the box.
  const place = () => {
    const line = word.getClientRects()[0], own = box.getBoundingClientRect();
    if (!line || line.bottom < 0 || line.top > innerHeight) return hide();
    box.style.left = `${Math.max(8, Math.min(line.left, innerWidth - own.width - 8))}px`;
    box.style.top = `${line.bottom + own.height < innerHeight ? line.bottom : line.top - own.height}px`;
  };

  const show = link => {
    if (word === link) return;
    hide();
    word = link;
    if (link.title) {  // the browser's own box would stand over ours
      link.dataset.meaning = link.title;
      link.removeAttribute("title");
    }
    const { color, backgroundColor, fontFamily } = getComputedStyle(document.querySelector("[data-testid=stApp]"));
    Object.assign(box.style, { background: color, color: backgroundColor, fontFamily });
    box.textContent = link.dataset.meaning;
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    place();
    gone.observe(document.body, { childList: true, subtree: true });
  };

  const heard = {
    pointerover: event => { if (event.pointerType === "mouse" && at(event)) show(at(event)); },
    pointerout: event => {
      const onto = event.relatedTarget, inside = onto && (box.contains(onto) || word?.contains(onto));
      if (event.pointerType === "mouse" && !inside && document.activeElement !== word) hide();
    },
    pointerdown: event => { if (!at(event) && !box.contains(event.target)) hide(); },
    focusin: event => { if (at(event)?.matches(":focus-visible")) show(at(event)); },
    focusout: event => { if (word && at(event) === word) hide(); },
    scroll: () => { if (word) place(); },
    click: event => {
      const link = at(event);
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (link === word && event.pointerType === "touch") hide();
      else show(link);
    },
    keydown: event => {
      if (event.key !== "Escape" || !word) return;
      event.stopPropagation();
      hide();
    },
  };
  for (const [name, listener] of Object.entries(heard)) addEventListener(name, listener, true);
}

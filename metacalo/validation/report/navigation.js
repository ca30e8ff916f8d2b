// Tabs made of the page's links and sections, with the keyboard's usual keys; #name opens the tab or the
// figure of that name. Without this script the page is one long page, and the links lead down it.
(() => {
  "use strict";
  const list = document.getElementById("tabs");
  const tabs = [...list.querySelectorAll("a")];
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));

  list.setAttribute("role", "tablist");
  tabs.forEach((tab, k) => {
    tab.id = `tab-${panels[k].id}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[k].id);
    panels[k].setAttribute("role", "tabpanel");
    panels[k].setAttribute("aria-labelledby", tab.id);
  });
  document.documentElement.classList.add("tabbed");

  const show = (chosen) => {
    tabs.forEach((tab, k) => {
      const selected = k === chosen;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      panels[k].hidden = !selected;
    });
    const tab = tabs[chosen];
    list.scrollLeft = tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
  };

  const follow = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // Not ours: then the first tab.
    }
    const target = name ? document.getElementById(name) : null;
    const found = panels.findIndex((panel) => target && panel.contains(target));
    show(Math.max(found, 0));
    if (found >= 0 && target !== panels[found]) target.scrollIntoView();
    else window.scrollTo(0, Math.min(window.scrollY, list.offsetTop));
  };

  const open = (k, focus) => {
    history.pushState(null, "", tabs[k].hash);
    follow();
    if (focus) tabs[k].focus({ preventScroll: true });
  };

  tabs.forEach((tab, k) => {
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(k, true);
    });
  });
  list.addEventListener("keydown", (event) => {
    const now = tabs.indexOf(document.activeElement);
    const n = tabs.length;
    const next = {
      ArrowRight: (now + 1) % n,
      ArrowLeft: (now - 1 + n) % n,
      Home: 0,
      End: n - 1,
      " ": now,
    }[event.key];
    if (now < 0 || next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    open(next, true);
  });
  window.addEventListener("hashchange", follow);
  follow();
})();

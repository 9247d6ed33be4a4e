// Enhancement only: every page works without this file.
// 1. Live pages load themselves again when the case has moved. 2. A form is sent once. 3. The code after # is verified. 4. A field is copied.

const page = document.querySelector("[data-live]");

function refresh() {
  return fetch(location.pathname, { credentials: "same-origin" })
    .then((response) => (response.ok ? response.text() : Promise.reject(response.status)))
    .then((text) => {
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (!fresh) return location.reload();
      const open = [...page.querySelectorAll("details")].map((details) => details.open);
      const summary = page.querySelector("#ringkas");
      const words = fresh.querySelector("#ringkas")?.textContent ?? "";
      if (summary && summary.textContent !== words) summary.textContent = words; // the one thing that is read aloud
      if (summary) fresh.querySelector("#ringkas")?.replaceWith(summary);
      page.replaceChildren(...fresh.childNodes);
      page.dataset.version = fresh.dataset.version;
      page.querySelectorAll("details").forEach((details, place) => (details.open = open[place] ?? false));
      if (!fresh.dataset.live) stream?.close();
    });
}

let stream;
if (page?.dataset.live) {
  stream = new EventSource(page.dataset.live);
  stream.addEventListener("moved", (event) => {
    if (event.data !== page.dataset.version) refresh().catch(() => {}); // the stream tells of the next version too
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent));

for (const list of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  for (const value of list.querySelectorAll("dd")) {
    const text = value.innerText.trim();
    const button = Object.assign(document.createElement("button"), { type: "button", className: "second copy", textContent: list.dataset.copy });
    button.setAttribute("aria-label", `${list.dataset.copy}: ${value.previousElementSibling?.textContent ?? ""}`);
    button.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => (button.textContent = list.dataset.copied)));
    if (text) value.append(button);
  }
}

const verify = document.querySelector("#verifikasi");
if (verify && location.hash.length > 40) {
  verify.elements.teks.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  verify.requestSubmit();
}

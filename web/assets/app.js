// What pages do beyond what the server draws. Every page works without it, but for the sliders and
// the errors that show while one types.
"use strict";

// A number that is asked for anew makes the answers to earlier questions worthless.
const latest = (ask) => {
  let asked;
  return async (...what) => {
    asked?.abort();
    const mine = asked = new AbortController();
    try {
      const answer = await ask(mine.signal, ...what);
      return mine === asked ? answer : undefined;
    } catch (error) {
      if (mine !== asked) return undefined;
      throw error;
    }
  };
};

// A scenario: the chart follows sliders and cells.
const written = (field) => field.value.trim().replaceAll("\r\n", "\n");
for (const form of document.querySelectorAll("form.scenario")) {
  const chart = document.getElementById("chart");
  if (!chart) continue;
  const fetched = latest(async (signal, query) => {
    const response = await fetch(`${form.dataset.chart}?${query}`, { signal });
    if (response.ok || response.status === 422) return response.text();
    return null;
  });
  const show = async () => {
    chart.setAttribute("aria-busy", "true");
    const query = new URLSearchParams();
    for (const field of form.querySelectorAll("[data-stated]")) {
      if (written(field) !== field.dataset.stated.trim()) query.set(field.name, field.value);
    }
    const html = await fetched(query).catch(() => null);
    if (html === undefined) return;
    if (html === null) {
      const failed = document.createElement("p");
      failed.className = "verdict bad";
      failed.textContent = chart.dataset.failed;
      chart.replaceChildren(failed);
    } else {
      chart.innerHTML = html;
    }
    chart.setAttribute("aria-busy", "false");
  };
  const digits = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 12 });
  const told = (slider) => {
    const output = form.querySelector(`output[for="${CSS.escape(slider.id)}"]`);
    const words = `${digits.format(Number(slider.value) * Number(slider.dataset.factor))}${slider.dataset.unit}`;
    slider.setAttribute("aria-valuetext", words);
    output.textContent = words;
  };
  let timer;
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.stated === undefined) return;
    if (field.type === "range") told(field);
    clearTimeout(timer);
    timer = setTimeout(show, field.type === "range" ? 80 : 400);
  });
  // A browser that comes back to the page puts back what was moved.
  window.addEventListener("pageshow", () => {
    const moved = [...form.querySelectorAll("[data-stated]")].filter((field) => written(field) !== field.dataset.stated.trim());
    moved.filter((field) => field.type === "range").forEach(told);
    if (moved.length > 0) show();
  });
}

// What was refused is mended where it was entered.
for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

// The editor: line numbers, and what is wrong as one types.
for (const form of document.querySelectorAll("form.editor")) {
  const text = form.querySelector("textarea");
  const lines = form.querySelector(".lines");
  const found = form.querySelector(".found");
  let wrong = new Set();
  const number = () => {
    const count = text.value.split("\n").length;
    lines.replaceChildren();
    for (let at = 1; at <= count; at++) {
      const line = document.createElement("span");
      line.textContent = `${at}\n`;
      if (wrong.has(at)) line.className = "wrong";
      lines.append(line);
    }
    lines.scrollTop = text.scrollTop;
  };
  const check = latest(async (signal) => {
    const body = JSON.stringify({ path: form.dataset.path, text: text.value });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`/api/v1/check-${form.dataset.check}`, { method: "POST", headers, body, signal });
    return response.json();
  });
  let timer;
  const changed = () => {
    number();
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = await check().catch(() => ({ error: form.dataset.failed }));
      if (answer === undefined) return;
      // What keeps the text from being checked is told as an error too.
      const refused = answer.error ? [{ severity: "error", message: answer.error }] : [];
      const problems = [...refused, ...(answer.problems ?? [])];
      wrong = new Set(problems.filter((one) => one.severity === "error").map((one) => one.line));
      found.replaceChildren();
      for (const one of problems) {
        const line = document.createElement("p");
        line.className = one.severity;
        const place = one.line ? `${one.line}:${one.column ?? ""} ` : "";
        line.textContent = `${place}${one.message}${one.help ? ` — ${one.help}` : ""}`;
        found.append(line);
      }
      number();
    }, 300);
  };
  text.addEventListener("input", changed);
  text.addEventListener("scroll", () => { lines.scrollTop = text.scrollTop; });
  changed();
}

// A run: how far it is.
for (const progress of document.querySelectorAll("[data-follow]")) {
  const look = async () => {
    let stage;
    try {
      stage = await (await fetch(progress.dataset.follow)).json();
    } catch {
      // The server cannot be reached for a while.
      setTimeout(look, 3000);
      return;
    }
    if (stage.finished) {
      location.reload();
      return;
    }
    progress.querySelector("p").textContent = stage.words;
    progress.querySelector("progress").value = stage.part;
    setTimeout(look, 400);
  };
  setTimeout(look, 300);
}

// Readings of charts under the pointer, where a browser shows no title by itself at once.
const tooltip = document.createElement("div");
tooltip.className = "tooltip";
tooltip.setAttribute("role", "presentation");
document.addEventListener("pointermove", (event) => {
  const reading = event.target.closest?.(".reading");
  if (!reading) {
    tooltip.remove();
    return;
  }
  tooltip.textContent = reading.querySelector("title")?.textContent ?? "";
  document.body.append(tooltip);
  tooltip.style.left = `${Math.min(event.clientX + 14, innerWidth - tooltip.offsetWidth - 8)}px`;
  tooltip.style.top = `${event.clientY + 18}px`;
});

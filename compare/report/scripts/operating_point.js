// A threshold for each system, chosen by hand: operating_point.py made every number that is shown here.
(() => {
  const data = readData("operating-points");
  if (data === null) return;
  const slider = document.getElementById("asked-slider");
  const number = document.getElementById("asked-number");
  const said = document.getElementById("asked-said");
  const rows = [...document.querySelectorAll("table.operating tr[data-system]")];
  const names = rows.map((row) => row.querySelector("[data-name]").textContent);
  const at = data.systems.map((system) => system.own);

  /** Shows system s at its threshold of index k. */
  function choose(s, k) {
    const system = data.systems[s];
    at[s] = k;
    for (const cell of rows[s].querySelectorAll("[data-value]")) {
      cell.textContent = system[cell.dataset.value][k].toLocaleString("en");
    }
    const [range, value] = rows[s].querySelectorAll("input");
    range.value = k;
    range.setAttribute("aria-valuetext", system.threshold[k]);
    value.value = system.threshold[k];
    for (const dot of document.querySelectorAll(`circle.operating[data-system="${s}"]`)) {
      const [x, y] = system[dot.dataset.plot];
      dot.setAttribute("cx", x[k]);
      dot.setAttribute("cy", y[k]);
    }
    for (const line of document.querySelectorAll(`path.operating[data-system="${s}"]`)) {
      line.setAttribute("transform", `translate(${system.line[k]})`);
      line.setAttribute("visibility", k === system.own ? "hidden" : "visible");
    }
    showChanges(s, k);
  }

  /** Frames the pairs that the threshold of index k puts on the other side, and counts all that change sides. */
  function showChanges(s, k) {
    const { own, falseAccepts, falseRejects, threshold } = data.systems[s];
    for (const pair of document.querySelectorAll(`figure[data-system="${s}"]`)) {
      const below = Number(pair.dataset.acceptedBelow);
      const accepted = k < below;
      const right = accepted === (pair.dataset.same === "1");
      pair.classList.toggle("changed", accepted !== own < below);
      pair.classList.toggle("wrong", !right);
      const decision = `${accepted ? "accepted" : "refused"}: ${right ? "right" : "wrong"}`;
      pair.querySelector("[data-decision]").textContent = decision;
    }
    const impostors = Math.abs(falseAccepts[k] - falseAccepts[own]);
    const genuine = Math.abs(falseRejects[k] - falseRejects[own]);
    const now = k < own ? "accepted" : "refused";
    const words = document.querySelector(`[data-changes="${s}"]`);
    if (words === null) return; // a run may have no pictures of pairs
    words.textContent =
      k === own
        ? `at ${threshold[own]}`
        : `at ${threshold[k]} in place of ${threshold[own]}: ${now} now, ` +
          `${genuine.toLocaleString("en")} genuine and ${impostors.toLocaleString("en")} impostor pairs`;
  }

  /** Says what the systems do, for who does not see the table. */
  function say(words) {
    const rates = names.map((name, s) => `${name}: FNMR ${data.systems[s].fnmr[at[s]]} %`);
    said.textContent = `${words}. ${rates.join("; ")}`;
  }

  /** Gives every system the lowest threshold that keeps to the rate of index r. */
  function ask(r) {
    slider.value = r;
    number.value = data.rates[r];
    slider.setAttribute("aria-valuetext", `${data.rates[r]} %`);
    data.systems.forEach((system, s) => choose(s, system.atRate[r]));
    say(`False match rate of at most ${data.rates[r]} %`);
  }

  function reset() {
    number.value = "";
    data.systems.forEach((system, s) => choose(s, system.own));
    say("The suite’s own thresholds");
  }

  slider.setAttribute("aria-valuetext", "the suite’s own thresholds");
  slider.addEventListener("input", () => ask(slider.valueAsNumber));
  number.addEventListener("change", () => {
    // The highest rate of the list that is no higher than what was asked for.
    const wanted = number.valueAsNumber;
    const kept = data.rates.filter((rate) => Number(rate) <= wanted).length;
    if (kept > 0) ask(kept - 1);
    else reset();
  });
  document.getElementById("own-thresholds").addEventListener("click", reset);
  slider.form.addEventListener("submit", (event) => event.preventDefault());
  rows.forEach((row, s) => {
    const [range, value] = row.querySelectorAll("input");
    const { thresholds } = data.systems[s];
    const alone = (k) => {
      number.value = "";
      choose(s, k);
    };
    range.addEventListener("input", () => alone(range.valueAsNumber));
    value.addEventListener("change", () => {
      const wanted = value.valueAsNumber;
      const gaps = thresholds.map((threshold) => Math.abs(threshold - wanted));
      alone(Number.isNaN(wanted) ? at[s] : gaps.indexOf(Math.min(...gaps)));
    });
    value.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      alone(Math.min(Math.max(at[s] + step, 0), thresholds.length - 1));
    });
  });
})();

/* On a telephone a list has no heads, so that each cell says whose it is; what holds nothing is left out there. */
const heads = [...document.querySelectorAll("#result_list thead th")].map((head) => head.textContent.trim());
document.querySelectorAll("#result_list tbody tr").forEach((row) => {
  [...row.children].forEach((cell, place) => {
    const words = cell.textContent.trim();
    if (cell.matches("td") && heads[place] && !cell.querySelector("input, .badge")) cell.dataset.label = heads[place];
    cell.classList.toggle("nothing", (words === "-" || words === "–") && !cell.querySelector("input, img"));
  });
});

// Promises resume in the order in which they were queued, as tasks do.
async function worker(n) {
  let total = n;
  for (let turn = 0; turn < 300; turn++) {
    await null;
    total += turn;
  }
  return total;
}

Promise.all(Array.from({ length: 1000 }, (_, n) => worker(n))).then((totals) =>
  console.log(totals.reduce((a, b) => a + b)),
);

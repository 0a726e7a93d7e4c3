function longest(limit) {
  let best = 0, bestStart = 0;
  for (let start = 1; start < limit; start++) {
    let n = start, length = 1;
    while (n !== 1) {
      n = n & 1 ? 3 * n + 1 : n / 2;
      length++;
    }
    if (length > best) [best, bestStart] = [length, start];
  }
  return `(${bestStart}, ${best})`;
}

function divisorSums(limit) {
  let total = 0;
  for (let n = 1; n < limit; n++) {
    for (let d = 1; d <= Math.floor(n / 2); d++) {
      if (n % d === 0) total += d;
    }
  }
  return total;
}

console.log(`${longest(30000)} ${divisorSums(2200)}`);

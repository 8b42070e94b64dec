// Numbers as the pages write them.

export function exact(number) {
  return number.toLocaleString("ko-KR");
}

export function dollars(cents) {
  return (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function rounded(number) {
  return number < 10000 ? exact(number) : `${(number / 10000).toFixed(1)}만`;
}

export function writer(faults) {
  return faults.rounded ? rounded : exact;
}

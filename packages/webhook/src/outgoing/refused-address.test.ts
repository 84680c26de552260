import { BlockList, isIPv4 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isRefusedAddress } from "./refused-address.ts";

/** First and last address of each range that is refused, and the neighbours that are not. */
const IPV4 = [
  ["0.0.0.0", "0.255.255.255", "1.0.0.0"],
  ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224.0.0.0", "239.255.255.255", "223.255.255.255"],
  ["240.0.0.0", "255.255.255.255"],
];
const IPV6 = [
  ["::", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100:0:0:1::"],
  ["::1", "::ffff:255.255.255.255"],
  ["64:ff9b::", "64:ff9b::ffff:ffff"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
  ["100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::"],
  ["2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db9::"],
  ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe::", "3fff:1000::"],
  ["5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5eff::", "5f01::"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff::", "fe00::"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f::"],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

test.each([...IPV4, ...IPV6])(
  "refused from %s to %s, and not beside it",
  (first, last, ...beside) => {
    expect([isRefusedAddress(first ?? ""), isRefusedAddress(last ?? "")]).toEqual([true, true]);
    expect(beside.filter(isRefusedAddress)).toEqual([]);
  },
);

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "93.184.215.14",
  "2606:4700:4700::1111",
  "2a00:1450:4001:81b::200e",
])("%s may be called", (ip) => expect(isRefusedAddress(ip)).toBe(false));

test("IPv4 is judged as the block list of Node.js would", () => {
  const blocked = new BlockList();
  for (const [first = "", last = ""] of IPV4) blocked.addRange(first, last);
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      expect(isRefusedAddress(ip)).toBe(blocked.check(ip));
    }),
    { numRuns: 2_000 },
  );
});

test("an IPv6 address that carries an IPv4 address is refused, whichever it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), ([a = 0, b = 0, c = 0, d = 0]) => {
      const dotted = `${a}.${b}.${c}.${d}`;
      const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      const carriers = [
        ...[`::ffff:${dotted}`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${dotted}`],
        ...[`::${dotted}`, `::ffff:0:${dotted}`],
        ...[`64:ff9b::${dotted}`, `64:ff9b::${hex}`, `64:ff9b:1::${dotted}`],
        ...[`2002:${hex}::`, `2002:${hex}::1`, `2001:0:${hex}::`],
      ];
      expect(carriers.filter((ip) => !isRefusedAddress(ip))).toEqual([]);
    }),
  );
});

test.each([
  ...["", " ", "localhost", "example.com", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433"],
  ...["8.8.8.8 ", "8.8.8", "8.8.8.8.", "8.8.8.008", "08.8.8.8", "8.8.8.256", "8.8.8.8/32"],
  ...["[2606:4700:4700::1111]", "2606:4700::1::1", "fe80::1%eth0", "::ffff:8.8.8.8%eth0"],
])("%j, which is no address or an odd one, is refused", (ip) => {
  expect(isRefusedAddress(ip)).toBe(true);
});

test("whatever text comes, there is an answer; what is let through is an address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6()), (text) => {
      if (!isRefusedAddress(text)) expect(isIPv4(text) || text.includes(":")).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

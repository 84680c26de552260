import type { NetworkInterfaceInfo } from "node:os";
import { expect, it } from "vitest";
import { elsewhere } from "./elsewhere.ts";

const info = (address: string, more: object = {}) =>
  ({
    ...{ address, family: address.includes(":") ? "IPv6" : "IPv4", internal: false, scopeid: 0 },
    ...more,
  }) as NetworkInterfaceInfo;

const INTERFACES = {
  lo: [info("127.0.0.1", { internal: true }), info("::1", { internal: true })],
  eth0: [info("fe80::1", { scopeid: 2 }), info("2001:db8::7"), info("192.0.2.7")],
};

const said = (host: string, interfaces: object = INTERFACES) =>
  elsewhere({ host, producerPort: 5000, consumerPort: 5001 }, { ...interfaces });

it("says of every interface where else to open the apps", () => {
  expect(said("0.0.0.0")).toBe(
    "on all IPv4 interfaces (HOST=0.0.0.0), also at http://192.0.2.7:5000 http://192.0.2.7:5001",
  );
  expect(said("::")).toBe(
    "on all interfaces (HOST=::), also at http://192.0.2.7:5000 http://192.0.2.7:5001 http://[2001:db8::7]:5000 http://[2001:db8::7]:5001",
  );
});

it("names no more than two addresses, and none where there is none", () => {
  const bridges = Array.from({ length: 20 }, (_, i) => [`br${i}`, [info(`172.17.${i}.1`)]]);
  const many = { ...INTERFACES, ...Object.fromEntries(bridges) };
  expect(said("0.0.0.0", many)?.match(/http:/g)).toHaveLength(4);
  expect(said("0.0.0.0", { lo: INTERFACES.lo })).toBe("on all IPv4 interfaces (HOST=0.0.0.0)");
});

it.each(["127.0.0.1", "localhost", "::1", "192.0.2.7"])("has nothing to add to %s", (host) => {
  expect(said(host)).toBeNull();
});

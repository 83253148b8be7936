import { describe, expect, test } from "vitest";
import { isUnderway, mappersSide, newExchange, readersSide } from "./exchange.ts";
import type { Found } from "./found.ts";

function found(number: number): Found {
  const numbers = new Int32Array([number, 0]);
  const bytes = new Uint8Array([number]);
  return {
    ...{ numbers, times: new Float64Array(numbers.buffer), sayings: bytes, texts: bytes },
    identities: [],
  };
}

describe("an exchange", () => {
  test("sends a copy, because what was found lies where more will", () => {
    const exchange = newExchange();
    const original = found(7);
    const sent: Found[] = [];
    expect(isUnderway(exchange)).toBe(false);
    readersSide(exchange).send(original, (copy, transferred) => {
      sent.push(copy);
      expect(transferred).toHaveLength(3);
    });
    original.numbers.fill(9);
    original.sayings.fill(9);
    expect(sent[0]?.numbers[0]).toBe(7);
    expect(sent[0]?.sayings[0]).toBe(7);
    expect(isUnderway(exchange)).toBe(true);
    mappersSide(exchange).took();
    expect(isUnderway(exchange)).toBe(false);
  });

  test("tells each pair once, in order, as long as somebody listens", () => {
    const exchange = newExchange();
    const { hear } = readersSide(exchange);
    const { tell } = mappersSide(exchange);
    const heard: [number, number][] = [];
    const listen = () => hear((call, serial) => heard.push([call, serial]));
    tell(1, 10);
    tell(2, 20);
    listen();
    listen();
    tell(3, 30);
    listen();
    expect(heard).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  test("loses the oldest where nobody listens for long, and mixes nothing up", () => {
    const exchange = newExchange();
    const { hear } = readersSide(exchange);
    const { tell } = mappersSide(exchange);
    const told = 10_000;
    for (let call = 0; call < told; call += 1) tell(call, call + 1);
    const heard: number[] = [];
    hear((call, serial) => {
      expect(serial).toBe(call + 1);
      heard.push(call);
    });
    expect(heard.length).toBeLessThan(told);
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, index) => told - heard.length + index));
  });
});

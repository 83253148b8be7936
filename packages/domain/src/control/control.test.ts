import { describe, expect, it } from "vitest";
import { causeAt, history } from "../testing.ts";
import { type ControlEvent, type ControlState, foldControl, pauseRounds, resumeRounds } from "./control.ts";

const begun = () => history<ControlEvent, ControlState>(foldControl);
const [noon, evening] = ["2026-11-25T12:00:00.000Z", "2026-11-25T18:00:00.000Z"];

describe("rounds", () => {
  it("are paused by whom and why, until they are resumed", () => {
    const paused = begun().when((state) => pauseRounds(state, "migration", causeAt(noon)));
    expect(paused.state.paused).toEqual({ since: noon, by: "test", reason: "migration" });
    expect(paused.when((state) => resumeRounds(state, causeAt(evening))).state.paused).toBeNull();
  });

  it("are paused or resumed once, however often somebody says it", () => {
    const paused = begun().when((state) => pauseRounds(state, null, causeAt(noon)));
    expect(paused.when((state) => pauseRounds(state, "again", causeAt(evening))).last).toEqual([]);
    expect(begun().when((state) => resumeRounds(state, causeAt(noon))).last).toEqual([]);
  });
});

import fc from "fast-check";

/** For mutation testing, which runs every law some thousand times: a law is tried for an eighth of a second. */
fc.configureGlobal({ interruptAfterTimeLimit: 125 });

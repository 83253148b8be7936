/**
 * The form of the index items. It goes up with every change of what they say or where they stand; a test notices one that
 * was forgotten. Items of another form are read as far as they go, and made anew when something looks at their stream: at
 * the next event, at the latest by the daily checkpoint. `plp rebuild` does it at once.
 */
export const FORMAT = 2;

/** Of items from before they said which. */
export const NO_FORMAT = 1;

import fc from 'fast-check';

// A mutant meets the same generated cases every time, so that the score is a number; they are few, because it is the
// sentences of the specification that have to find it.
fc.configureGlobal({ seed: 20260101, numRuns: 20 });

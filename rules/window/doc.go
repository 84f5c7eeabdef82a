// Package window chooses when a message leaves.
//
// For every manager the future is cut into steps of five minutes. A step is forbidden
// (focus, a meeting, leave, quiet hours, outside the user's own earliest and latest, or
// two minutes before such a time) or it has a worth: the chance that the manager is at
// the mail within half an hour, less the prices of off-hours, of waiting and of crowding.
// Messages take their steps in order of urgency, each seeing what was taken before it.
// Everything is planned again at every new fact, and a time that still holds is kept.
//
// [Plan] is pure and total: every message gets a decision, and every decision is in
// words with the numbers behind them. [Check] is the last look before a message leaves.
package window

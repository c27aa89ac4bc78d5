#pragma once

// Fused multiply-adds on registers alone, in the widest vectors of this processor: chains that do not wait for each
// other, `rounds` steps each. Returns how many multiplications and additions that were.
double seguePeakRounds(long rounds);

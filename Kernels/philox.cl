// Counter-based random numbers, Philox 4×32-10 (Salmon et al., SC 2011), the same bits as Sequences/Philox.swift makes.

// Four words: block `number` of a stream, which is the last two words of its counters and then the key.
PART uint4 philox_block(const uint number, const uint4 stream) {
  uint4 c = (uint4)(number, 0, stream.s0, stream.s1);
  uint2 key = stream.hi;
  for (uint round = 0; round < 10; round++) {
    const uint low = c.s0 * 0xD2511F53u, high = mul_hi(c.s0, 0xD2511F53u);
    const uint other_low = c.s2 * 0xCD9E8D57u, other_high = mul_hi(c.s2, 0xCD9E8D57u);
    c = (uint4)(other_high ^ c.s1 ^ key.s0, other_low, high ^ c.s3 ^ key.s1, low);
    key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

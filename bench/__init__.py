"""The benchmarks: what Seriatim does, side by side with a peer that does less."""

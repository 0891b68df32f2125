"""Where and in which order resources connect: what a feeder can host, what it costs, and who pays."""

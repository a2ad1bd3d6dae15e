"""What a change does to regions, residency, recovery and cost, judged by pure rules. No engine or cloud is asked."""

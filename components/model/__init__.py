"""What a kind of replica is, a field of it and a rule: contracts and plain functions. No engine or cloud is asked."""

"""What a change does to regions, residency and recovery, judged by pure rules: no engine or cloud is asked."""

"""What people and continuous integration run: engine, environment, stack runs, repair and reports."""

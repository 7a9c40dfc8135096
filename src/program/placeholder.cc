namespace hedge {}

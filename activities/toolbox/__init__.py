"""What the tools do, a family a file, as ``domain/toolbox`` declares them."""

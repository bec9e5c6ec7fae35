"""What ``kith doctor`` and the health page look at of the installation itself; the kernel's parts add their own."""

"""Cloud Virtual Machine: custom images and the instances that they are made of."""

# JDK 25, PoCL, Oclgrind and the built suite: docker build -t attn4j . && docker run --rm attn4j verify --grid quick
#
# A GPU's driver brings its own OpenCL library: docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility attn4j devices
FROM maven:3-eclipse-temurin-25-noble

RUN apt-get update \
    && apt-get install -y --no-install-recommends git ocl-icd-libopencl1 oclgrind pocl-opencl-icd \
    && rm -rf /var/lib/apt/lists/* \
    # What the NVIDIA container runtime mounts is named here.
    && mkdir -p /etc/OpenCL/vendors && echo libnvidia-opencl.so.1 > /etc/OpenCL/vendors/nvidia.icd

WORKDIR /attn4j
COPY . .
# Builds, and fails the image where no device is found.
RUN ./attn devices && ./attn verify --kernel 'java:flash,opencl:naive' --mask causal --n 64

ENTRYPOINT ["./attn"]
CMD ["verify", "--grid", "quick"]

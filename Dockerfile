# The image where there is a registry; scripts/image makes the same without docker.
#   docker build -t iotda-operator .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/iotda-operator:0.1.0 --push .
ARG BASE=docker.io/library/debian:bookworm-slim

# Not in emulation: for another architecture scripts/image cross-compiles.
FROM --platform=$BUILDPLATFORM ${BASE} AS build
ARG TARGETARCH
WORKDIR /source
COPY scripts/lib.sh scripts/build scripts/image scripts/sysroot scripts/
RUN bash -c '. scripts/lib.sh && need_packages "${build_packages[@]}" ca-certificates'
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY crds crds
COPY src src
RUN cmake --preset release -DBUILD_TESTING=OFF && scripts/image --arch "$TARGETARCH" --root /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV PATH=/usr/bin
LABEL org.opencontainers.image.title="iotda-operator" \
      org.opencontainers.image.description="Server certificates of Huawei Cloud IoTDA instances as Kubernetes objects" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/bin/iotda-operator"]

# The image where there is a registry, and for other architectures; scripts/image makes the same without docker.
#   docker build -t iotda-operator .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/iotda-operator:0.1.0 --push .
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /source
COPY scripts/lib.sh scripts/build scripts/image scripts/
RUN bash -c '. scripts/lib.sh && need_packages "${build_packages[@]}" ca-certificates'
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY src src
RUN cmake --preset release -DBUILD_TESTING=OFF && scripts/image --root /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV PATH=/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.title="iotda-operator" \
      org.opencontainers.image.description="Server certificates of Huawei Cloud IoTDA instances as Kubernetes objects" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/bin/iotda-operator"]

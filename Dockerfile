# syntax=docker/dockerfile:1
# sesgate as a static binary on distroless, without a shell, as a user that is
# not root. The root file system may be read-only: nothing is written.
#
#   docker build -t sesgate .
#   docker run --rm --read-only --network=host -e AWS_REGION=eu-west-1 sesgate
#
# As a sidecar it shares the network of the application and needs nothing more.
# In a network of its own it must be told whom to serve, and, as the clients then
# are no longer this machine's, that they may be told everything:
#
#   docker run --rm --read-only -p 127.0.0.1:2525:2525 -e AWS_REGION=eu-west-1 \
#     -e SESGATE_LISTENERS_0_ADDRESS=0.0.0.0:2525 \
#     -e SESGATE_LISTENERS_0_NETWORKS=172.16.0.0/12 \
#     -e SESGATE_LISTENERS_0_DIAGNOSTICS=full sesgate
#
# A configuration file is named by SESGATE_CONFIG. Probes run /sesgate health.

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /sesgate ./cmd/sesgate

FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="sesgate" \
      org.opencontainers.image.description="SMTP in front of Amazon SES that says why mail may not be sent"
COPY --from=build /sesgate /sesgate
COPY --from=build /src/config.example.yaml /etc/sesgate/config.example.yaml
EXPOSE 2525
USER 65532:65532
HEALTHCHECK --interval=15s --timeout=4s --start-period=2s --retries=3 CMD ["/sesgate", "health"]
ENTRYPOINT ["/sesgate"]
CMD ["serve"]

{{- define "iotda.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "iotda.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "iotda.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "iotda.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "iotda.selector" -}}
app.kubernetes.io/name: {{ include "iotda.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "iotda.common" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "iotda.labels" -}}
{{ include "iotda.selector" . }}
{{ include "iotda.common" . }}
{{- end }}

{{- define "iotda.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "iotda.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "iotda.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* What the operator gets beside its arguments: environment variables, volume mounts and volumes; empty if there are none. */}}
{{- define "iotda.env" -}}
{{- if .Values.credentials.oidc.enabled }}
- name: HUAWEICLOUD_SDK_ID_TOKEN_FILE
  value: /var/run/secrets/huaweicloud/token
{{- end }}
{{- with .Values.operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "iotda.volumeMounts" -}}
{{- if .Values.credentials.oidc.enabled }}
- name: oidc-token
  mountPath: /var/run/secrets/huaweicloud
  readOnly: true
{{- end }}
{{- with .Values.operator.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "iotda.volumes" -}}
{{- with .Values.credentials.oidc }}
{{- if .enabled }}
- name: oidc-token
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ .audience | quote }}
          expirationSeconds: {{ .expirationSeconds }}
{{- end }}
{{- end }}
{{- with .Values.operator.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A role binding for the operator's ServiceAccount. Parameters: context, kind (Role or ClusterRole), name, namespace. */}}
{{- define "iotda.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "iotda.labels" .context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "iotda.serviceAccount" .context }}
    namespace: {{ .context.Release.Namespace }}
{{- end }}

{{/*
Labels and annotations of an IoTDAInstance. It is kept when the release is uninstalled, because its status records what
is on the platform. On the first install the API server does not know the CRDs yet, which Helm reports as an error:
therefore a hook creates the object after all other objects, with the annotations that let the next upgrade adopt it.
*/}}
{{- define "iotda.instanceMetadata" -}}
labels:
  {{- include "iotda.labels" . | nindent 2 }}
annotations:
  helm.sh/resource-policy: keep
  argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true,Prune=false
  {{- if not (.Capabilities.APIVersions.Has "iotda.huaweicloud.com/v1alpha1/IoTDAInstance") }}
  helm.sh/hook: post-install,post-upgrade
  meta.helm.sh/release-name: {{ .Release.Name }}
  meta.helm.sh/release-namespace: {{ .Release.Namespace }}
  {{- end }}
{{- end }}

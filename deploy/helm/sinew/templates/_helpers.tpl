{{- define "sinew.name" -}}
{{- printf "%s-%s" .Release.Name .Values.robot | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sinew.selector" -}}
app.kubernetes.io/name: sinew
app.kubernetes.io/instance: {{ .Release.Name }}
sinew/robot: {{ .Values.robot }}
{{- end -}}

{{- define "sinew.labels" -}}
{{ include "sinew.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "sinew.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

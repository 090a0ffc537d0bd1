// The least that an operator on controller-runtime can be: it watches ServerCertificates and the metadata of Secrets,
// reads a Secret that changed, and posts it. No ledger, no validation, no status: a lower bound to compare with.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const secretIndex = "spec.secretRef.name"

type runnable func(context.Context) error

func (r runnable) Start(ctx context.Context) error { return r(ctx) }

type reconciler struct {
	client.Client
	reader   client.Reader // not cached: a cache of whole Secrets would grow with other people's
	platform *http.Client
	url      string
}

func serverCertificate() *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: "iotda.huaweicloud.com", Version: "v1alpha1", Kind: "ServerCertificate"})
	return object
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	object := serverCertificate()
	if err := r.Get(ctx, request.NamespacedName, object); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	name, _, _ := unstructured.NestedString(object.Object, "spec", "secretRef", "name")
	secret := &corev1.Secret{}
	if err := r.reader.Get(ctx, types.NamespacedName{Namespace: request.Namespace, Name: name}, secret); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	body, err := json.Marshal(map[string]string{
		"certificate_pem": string(secret.Data["tls.crt"]), "private_key": string(secret.Data["tls.key"])})
	if err != nil {
		return reconcile.Result{}, err
	}
	response, err := r.platform.Post(r.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{}, response.Body.Close()
}

func run() error {
	url := flag.String("url", "", "where to post")
	health := flag.String("health-probe-bind-address", "", "address of /readyz")
	flag.Parse() // controller-runtime adds --kubeconfig
	ctrl.SetLogger(zap.New())

	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		HealthProbeBindAddress: *health,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		Client:                 client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return err
	}
	// Ready means here what it means for the operator: the Secrets are known.
	var synced atomic.Bool
	if err := manager.Add(runnable(func(ctx context.Context) error {
		secrets := &metav1.PartialObjectMetadata{}
		secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		_, err := manager.GetCache().GetInformer(ctx, secrets)
		synced.Store(err == nil)
		return err
	})); err != nil {
		return err
	}
	if err := manager.AddReadyzCheck("caches", func(*http.Request) error {
		if !synced.Load() {
			return errors.New("the caches are not filled yet")
		}
		return nil
	}); err != nil {
		return err
	}
	if err := manager.GetFieldIndexer().IndexField(context.Background(), serverCertificate(), secretIndex, func(object client.Object) []string {
		name, _, _ := unstructured.NestedString(object.(*unstructured.Unstructured).Object, "spec", "secretRef", "name")
		return []string{name}
	}); err != nil {
		return err
	}
	users := func(ctx context.Context, secret client.Object) []reconcile.Request {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(serverCertificate().GroupVersionKind())
		if err := manager.GetClient().List(ctx, list, client.InNamespace(secret.GetNamespace()), client.MatchingFields{secretIndex: secret.GetName()}); err != nil {
			return nil
		}
		requests := make([]reconcile.Request, 0, len(list.Items))
		for _, item := range list.Items {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&item)})
		}
		return requests
	}
	if err := ctrl.NewControllerManagedBy(manager).For(serverCertificate()).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(users)).
		Complete(&reconciler{Client: manager.GetClient(), reader: manager.GetAPIReader(), url: *url,
			platform: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}}); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		ctrl.Log.Error(err, "the peer ended")
		os.Exit(1)
	}
}

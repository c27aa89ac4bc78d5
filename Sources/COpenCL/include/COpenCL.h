#pragma once
// OpenCL 1.2 core is all the engine calls; clCreateCommandQueue is the one name of it that was later deprecated.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

/// The entry points of an OpenCL library that was opened at run time. Nothing here is linked: the declarations of
/// <CL/cl.h> only lend their types.
typedef struct {
  __typeof__(&clGetPlatformIDs) getPlatformIDs;
  __typeof__(&clGetPlatformInfo) getPlatformInfo;
  __typeof__(&clGetDeviceIDs) getDeviceIDs;
  __typeof__(&clGetDeviceInfo) getDeviceInfo;
  __typeof__(&clCreateContext) createContext;
  __typeof__(&clReleaseContext) releaseContext;
  __typeof__(&clCreateCommandQueue) createCommandQueue;
  __typeof__(&clReleaseCommandQueue) releaseCommandQueue;
  __typeof__(&clCreateBuffer) createBuffer;
  __typeof__(&clReleaseMemObject) releaseMemObject;
  __typeof__(&clCreateProgramWithSource) createProgramWithSource;
  __typeof__(&clCreateProgramWithBinary) createProgramWithBinary;
  __typeof__(&clBuildProgram) buildProgram;
  __typeof__(&clGetProgramInfo) getProgramInfo;
  __typeof__(&clGetProgramBuildInfo) getProgramBuildInfo;
  __typeof__(&clReleaseProgram) releaseProgram;
  __typeof__(&clCreateKernel) createKernel;
  __typeof__(&clReleaseKernel) releaseKernel;
  __typeof__(&clSetKernelArg) setKernelArg;
  __typeof__(&clGetKernelWorkGroupInfo) getKernelWorkGroupInfo;
  __typeof__(&clEnqueueNDRangeKernel) enqueueNDRangeKernel;
  __typeof__(&clEnqueueReadBuffer) enqueueReadBuffer;
  __typeof__(&clEnqueueWriteBuffer) enqueueWriteBuffer;
  __typeof__(&clGetEventInfo) getEventInfo;
  __typeof__(&clWaitForEvents) waitForEvents;
  __typeof__(&clReleaseEvent) releaseEvent;
  __typeof__(&clFlush) flush;
  __typeof__(&clFinish) finish;
} OpenCLFunctions;

#pragma OPENCL EXTENSION cl_khr_fp64 : enable  
#pragma OPENCL EXTENSION cl_khr_fp16 : enable  
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable  
__kernel void fill(__global long *_kernel_context, __constant uchar *_constant_region, __local uchar *_local_region, __global int *_atomics, __global uchar *q, __global uchar *k, __global uchar *v, __global uchar *o, __global uchar *lse, __global uchar *visible, __global uchar *bias, __global uchar *scratch, __global uchar *shape, __global uchar *numbers, __private int outputs, __private int rows)
{
  float f_7, f_12; 
  int i_5, i_6, i_3, i_14; 
  long l_9, l_8, l_10; 
  ulong ul_11, ul_13, ul_0, ul_2, ul_1, ul_4; 

  // BLOCK 0
  ul_0  =  (ulong) o;
  ul_1  =  (ulong) lse;
  ul_2  =  (ulong) numbers;
  i_3  =  get_global_size(0);
  ul_4  =  ul_2 + 24L;
  i_5  =  get_global_id(0);
  // BLOCK 1 MERGES [0 2 ]
  i_6  =  i_5;
  for(;i_6 < 65536;)
  {
    // BLOCK 2
    f_7  =  *((__global float *) ul_4);
    l_8  =  (long) i_6;
    l_9  =  l_8 << 2;
    l_10  =  l_9 + 16L;
    ul_11  =  ul_0 + l_10;
    *((__global float *) ul_11)  =  f_7;
    f_12  =  *((__global float *) ul_4);
    ul_13  =  ul_1 + l_10;
    *((__global float *) ul_13)  =  f_12;
    i_14  =  i_3 + i_6;
    i_6  =  i_14;
  }  // B1
  // BLOCK 3
  return;
}  //  kernel
